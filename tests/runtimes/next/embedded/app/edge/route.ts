// The same on Next.js's edge runtime.
export { GET } from "../decision/route";

export const runtime = "edge";
