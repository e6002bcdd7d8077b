import { z } from "zod";

/** How a machine is booted over the network. */
export const boot = z
  .strictObject({
    mac: z
      .string()
      .regex(
        /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/,
        "must be the MAC address of one network card in small letters, like 52:54:00:12:34:56",
      )
      .describe("MAC address of the network card that it boots from. Default: the only `mac` of its links."),
  })
  .describe("How `firmament boot` knows the machine.");
