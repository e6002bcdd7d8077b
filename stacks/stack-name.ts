import { LAYERS, type Layer } from "../components/core/layers";
import { InvalidInput } from "../components/core/problem";

/** A stack's name, taken apart: `base.berlin`, `platform.berlin`, `tenant.berlin.acme`. */
export interface StackName {
  readonly layer: Layer;
  readonly cloud: string;
  /** Only of tenant stacks. */
  readonly tenant?: string;
}

/**
 * Takes a stack's name apart and holds it against the layer that its settings declare.
 *
 * @throws InvalidInput when the name is malformed or the two disagree: a stack file under the wrong name would deploy
 * one layer over another.
 */
export function parseStackName(stack: string, declared: unknown): StackName {
  const [layer, cloud, tenant, ...rest] = stack.split(".");
  const refuse = (where: string, given: string, rule: string, fix: string) =>
    new InvalidInput(`stack ${stack}`, [{ where, given, rule, fix }]);

  const known = LAYERS.find((candidate) => candidate === layer);
  const complete = cloud !== undefined && cloud !== "" && rest.length === 0;
  if (known === undefined || !complete || (known === "tenant") !== (tenant !== undefined && tenant !== "")) {
    const rule = "must be base.<cloud>, platform.<cloud> or tenant.<cloud>.<name>";
    throw refuse("stack name", stack, rule, "rename it with `pulumi stack rename`");
  }
  if (declared === undefined) {
    throw refuse(
      "firmament:layer",
      "missing",
      `must be ${known}`,
      `run \`pulumi config set firmament:layer ${known}\``,
    );
  }
  if (declared !== known) {
    const rule = `must agree with the stack's name, which says ${known}`;
    throw refuse("firmament:layer", String(declared), rule, "rename the stack or correct the layer");
  }
  return { layer: known, cloud, ...(tenant === undefined ? {} : { tenant }) };
}
