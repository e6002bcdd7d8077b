import { z } from "zod";
import { onRequest } from "../enabled";
import { tunnelSettings } from "../tunnel-settings";

/** Settings of the pod network. */
export const calicoSettings = z.strictObject({ enabled: onRequest, ...tunnelSettings }).meta({ title: "Calico" });
