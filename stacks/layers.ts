import type { z } from "zod";
import type { Layer } from "../components/core/layers";
import { baseContract, platformContract, tenantContract, type AnyContract } from "./contracts";
import type { Program } from "./program";

/** Everything that differs between layers. What is loaded is only what is asked for: it decides a program's start. */
export interface LayerDefinition {
  /** What its stack files say under `firmament:`. */
  readonly settings: () => Promise<z.ZodObject>;
  /** What its stacks publish to others. */
  readonly contract: AnyContract;
  readonly program: () => Promise<Program>;
}

/** The one place that knows which layer is which program. */
export const layers: Readonly<Record<Layer, LayerDefinition>> = {
  base: {
    settings: async () => (await import("../components/talos/settings.js")).baseSettings,
    contract: baseContract,
    program: async () => (await import("./base/index.js")).run,
  },
  platform: {
    settings: async () => (await import("../components/platform/settings.js")).platformSettings,
    contract: platformContract,
    program: async () => (await import("./platform/index.js")).run,
  },
  tenant: {
    settings: async () => (await import("../components/tenant/settings/index.js")).tenantSettings,
    contract: tenantContract,
    program: async () => (await import("./tenant/index.js")).run,
  },
};
