import { answer } from "$lib/widget.js";

export const GET = ({ params }) => answer(params.publicId);
