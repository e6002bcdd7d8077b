import { z } from "zod";
import { ciliumSettings } from "./cilium/settings";

/** Settings of all add-ons, each under its name: `tenant.addons.<name>`. */
export const addonSettings = z
  .strictObject({
    cilium: ciliumSettings.prefault({}).describe("The pod network: Cilium, in the version that the platform runs."),
  })
  .meta({ title: "Addons" });
