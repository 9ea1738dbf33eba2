import { answer } from "../../../../widget.js";

export const GET = ({ params }) => answer(params.publicId);
