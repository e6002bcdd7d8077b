import { z } from "zod";

/** The switch that the settings of every add-on begin with. */
export const enabled = z.boolean("must be true or false").default(true).describe("Whether it is installed.");
