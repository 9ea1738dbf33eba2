export { ready, reset, verifySnapshot } from "./glue.js";
