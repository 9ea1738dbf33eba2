// What all routes of one process share. Next.js builds each route apart, so a variable of a module is not one variable.

/** The value of this name, made when it is first asked for. */
export function shared<Value>(name: string, make: () => Value): Value {
  const key = Symbol.for(`clickeen.paris.${name}`);
  const all = globalThis as { [key: symbol]: unknown };
  all[key] ??= make();
  return all[key] as Value;
}
