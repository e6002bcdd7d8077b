import { fieldsOf } from "../../components/core/fields";
import { NAMESPACE } from "../../components/core/layers";
import type { Texts } from "./allocate";

/** What the `config` of a tenant's stack file says of what inventories give, unchecked. */
export function textsIn(config: Readonly<Record<string, unknown>>): Texts {
  const network = fieldsOf(fieldsOf(config[`${NAMESPACE}:tenant`])["network"]);
  const texts = { podCidr: network["podCidr"], serviceCidr: network["serviceCidr"], apiAddress: apiAddressIn(config) };
  const said = Object.entries(texts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said.map(([kind, value]) => [kind, String(value as string)]));
}

/** The address that the `config` of a tenant's stack file gives to its API. */
export function apiAddressIn(config: Readonly<Record<string, unknown>>): string | undefined {
  const controlPlane = fieldsOf(fieldsOf(config[`${NAMESPACE}:tenant`])["controlPlane"]);
  const { address } = fieldsOf(controlPlane["loadBalancer"]);
  return typeof address === "string" ? address : undefined;
}
