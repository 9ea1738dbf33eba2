// The same values as JavaScript may meet them: parsed here, in another realm, without prototypes, frozen.
import { createContext, runInContext } from "node:vm";

const parseElsewhere = runInContext("JSON.parse", createContext({}));

function here(texts) {
  return parsed(texts, JSON.parse);
}

function anotherRealm(texts) {
  return parsed(texts, parseElsewhere);
}

function withoutPrototypes(texts) {
  return bare(parsed(texts, JSON.parse));
}

function mixedAndFrozen(texts) {
  const items = {};
  Object.keys(texts).forEach((key, at) => (items[key] = frozen((at % 2 === 0 ? parseElsewhere : JSON.parse)(texts[key]))));
  return Object.freeze(items);
}

export const flavours = [here, anotherRealm, withoutPrototypes, mixedAndFrozen];

function parsed(texts, parse) {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, parse(text)]));
}

function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const object = Object.create(null);
  for (const [name, inner] of Object.entries(value)) {
    Object.defineProperty(object, name, { value: bare(inner), enumerable: true, writable: true, configurable: true });
  }
  return object;
}

function frozen(value) {
  if (typeof value !== "object" || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
