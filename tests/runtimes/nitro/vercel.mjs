// Runs what Nitro built for Vercel as Vercel's launcher does: its default export takes Node's request and response.
import { createServer } from "node:http";

const { default: handler } = await import("./.vercel/output/functions/__fallback.func/index.mjs");

createServer(handler).listen(process.env.PORT, "127.0.0.1");
