import { z } from "zod";

const SWITCH = z.boolean("must be true or false");

/** The switch that the settings of every add-on begin with. */
export const enabled = SWITCH.default(true).describe("Whether it is installed.");

/** The switch of an add-on that is an alternative to another, or that not every tenant wants. */
export const onRequest = SWITCH.default(false).describe("Whether it is installed.");
