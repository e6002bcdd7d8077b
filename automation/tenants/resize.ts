import * as fs from "node:fs";
import * as path from "node:path";
import { isScalar, parseDocument } from "yaml";
import { fieldsOf } from "../../components/core/fields";
import { NAMESPACE } from "../../components/core/layers";
import { InvalidInput } from "../../components/core/problem";
import { tenantNetworks } from "../../stacks/fleet";
import { readStackFile } from "../../stacks/stack-files";
import { around, projectAt } from "./cloud";
import { writeTogether } from "./files";
import { Problems } from "./problems";
import { tenantOfStack } from "./tenant-stack";
import { refuseWrongTenant } from "./valid";

export interface Resize {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** tenant.<cloud>.<name> */
  readonly stack: string;
  readonly pool: string;
  /** Number of machines: 3; of a pool that is autoscaled its bounds: 0..6. */
  readonly size: string;
}

export interface Resized {
  readonly stack: string;
  readonly pool: string;
  /** Relative to the project. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** A number in a stack file and what it becomes. */
interface Edit {
  readonly path: readonly string[];
  readonly value: number;
}

/**
 * Writes another size of a node pool into a tenant's stack file; every other byte of it stays.
 *
 * @throws InvalidInput with everything that is wrong with the tenant at that size; then nothing is written.
 */
export function resizePool({ root, stack, pool, size }: Resize): Resized {
  const project = projectAt(root);
  const { cloud, tenant } = tenantOfStack(stack);
  const { file, config } = readStackFile(project, stack);
  const full = path.join(project.root, file);
  const pools = fieldsOf(fieldsOf(config[`${NAMESPACE}:tenant`])["nodePools"]);
  const present = Object.hasOwn(pools, pool) ? fieldsOf(pools[pool]) : undefined;
  if (present === undefined) {
    const names = Object.keys(pools).join(", ");
    throw refusal("pool", pool, "must be a node pool of the tenant", `choose from ${names || "none"}`);
  }
  const edits = editsOf(pool, present, size);
  const text = fs.readFileSync(full, "utf8");
  const edited = replaced(text, edits);

  const problems = new Problems();
  const known = problems.from(() => around(project, cloud));
  const neighbours = problems.from(() => tenantNetworks(project, cloud, { except: tenant })) ?? [];
  problems.from(() => {
    if (known === undefined) return;
    const after = fieldsOf(fieldsOf(parseDocument(edited).toJS())["config"]);
    refuseWrongTenant(tenant, after, { ...known, neighbours });
  });
  problems.refuse(`${stack} with ${size} machines in pool ${pool}`);
  writeTogether([{ file: full, text: edited }]);
  const { min, max } = fieldsOf(present["autoscaling"]);
  const before = present["autoscaling"] === undefined ? [present["replicas"]] : [min, max];
  return {
    stack,
    pool,
    file,
    before: before.map(String).join(".."),
    after: edits.map(({ value }) => value).join(".."),
  };
}

function editsOf(pool: string, { replicas, autoscaling }: Readonly<Record<string, unknown>>, size: string): Edit[] {
  const own = ["config", `${NAMESPACE}:tenant`, "nodePools", pool];
  const bounds = /^(\d+)\.\.(\d+)$/.exec(size);
  if (autoscaling !== undefined) {
    if (bounds === null) {
      const rule = "an autoscaler chooses between bounds: must be <min>..<max>";
      throw refusal(`nodePools.${pool}`, size, rule, "give both, e.g. 0..6");
    }
    return ["min", "max"].map((key, index) => ({
      path: [...own, "autoscaling", key],
      value: Number(bounds[index + 1]),
    }));
  }
  if (replicas === undefined || !/^\d+$/.test(size)) {
    const rule = bounds === null ? "must be a number of machines" : "must be one number: the pool is not autoscaled";
    throw refusal(`nodePools.${pool}`, size, rule, "give a number, e.g. 3");
  }
  return [{ path: [...own, "replicas"], value: Number(size) }];
}

/** The text with other numbers in it. */
function replaced(text: string, edits: readonly Edit[]): string {
  const document = parseDocument(text);
  const places = edits.map(({ path: at, value }) => {
    const node = document.getIn(at, true);
    if (!isScalar(node) || node.range == null) {
      const rule = "must be written as a number where it belongs, to be edited";
      throw refusal(at.slice(1).join("."), "written in another way", rule, "edit the stack file by hand");
    }
    return { from: node.range[0], to: node.range[1], value };
  });
  return places
    .sort((one, other) => other.from - one.from)
    .reduce((result, { from, to, value }) => `${result.slice(0, from)}${value}${result.slice(to)}`, text);
}

function refusal(where: string, given: string, rule: string, fix: string): InvalidInput {
  return new InvalidInput("the new size", [{ where, given, rule, fix }]);
}
