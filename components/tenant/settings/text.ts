import { z } from "zod";

export const text = z.string("must be text");
