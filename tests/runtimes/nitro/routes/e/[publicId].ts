import { defineEventHandler, getRouterParam } from "h3";
import { answer } from "~/widget.js";

export default defineEventHandler((event) => answer(getRouterParam(event, "publicId")));
