import { checked } from "../../components/core/checked";
import { inventorySchema, type Inventory } from "./schema";

export const POOLS = {
  podCidr: { networks: ["10.128.0.0/9"], prefix: 19 },
  serviceCidr: { networks: ["10.64.0.0/12"], prefix: 22 },
};

/** An inventory for about a thousand tenants; tests change what they are about. */
export function inventoryOf(change: object = {}): Inventory {
  const raw = { pools: POOLS, ...change };
  return checked(inventorySchema, raw, { what: "inventory", fix: "correct it" });
}
