/* What comes with the capabilities service-announcements and flow-logs. */

/** Namespace of the network's agents, where they also find passwords of routers and certificates. */
export const AGENTS = "cilium";

/** Secrets with the certificates that agents and the relay of flow logs show each other. */
export const FLOW_CERTIFICATES = { agents: "hubble-agents", relay: "hubble-relay" } as const;
