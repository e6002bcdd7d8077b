import { count } from "../../core/schema";

/** Settings of every pod network with a tunnel. */
export const tunnelSettings = {
  mtu: count(1280, 9000)
    .exactOptional()
    .describe(
      "Largest packet between pods, in bytes. Default: what the platform's pod network carries, less 50 for the tunnel; 1350 where the platform does not say.",
    ),
  tunnelPort: count(1024, 65_535)
    .default(8473)
    .describe("UDP port of the tunnel (VXLAN) between nodes: not one of the platform's own tunnel."),
};
