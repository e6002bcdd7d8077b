import { z } from "zod";
import { enabled } from "../enabled";
import { tunnelSettings } from "../tunnel-settings";

/** Settings of the pod network. */
export const ciliumSettings = z.strictObject({ enabled, ...tunnelSettings }).meta({ title: "Cilium" });
