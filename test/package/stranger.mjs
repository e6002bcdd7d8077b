/*
 * A program of somebody else, whose only dependency is the packed tarball. Copied into a project of its own and run there:
 *
 *   node stranger.mjs live <tenant>     makes a tenant, resizes it, reads its kubeconfig, lists its nodes, deletes it
 *   node stranger.mjs make <tenant>     makes it
 *   node stranger.mjs up <tenant>       deploys it once, and again until it is done when somebody else has the lock
 *   node stranger.mjs delete <tenant>   deletes it
 *
 * Prints one JSON document.
 */
import { Fleet, kubernetesApi, newTenant, removeTenant, resizePool, resultsOf } from "firmament/automation";

const [action, name] = process.argv.slice(2);
const { project, image, options } = JSON.parse(process.env.STRANGER);
const fleet = new Fleet({ project, ...options });
const stack = `tenant.sandbox.${name}`;
const selection = { stacks: [stack] };

const events = [];
async function done(run) {
  for await (const { type } of run) events.push(type);
  return resultsOf(await run.result)[0];
}

async function make() {
  const pools = [`workers=replicas=1,cpus=2,memory=4Gi,image=${image}`];
  // enough for the size that it gets later
  const quota = ["cpu=20", "memory=40Gi"];
  const wish = { root: project, cloud: "sandbox", name, version: "v1.34.1", tier: "development", pools, quota };
  const { allocation } = await newTenant(wish);
  const { changes } = await done(fleet.up(selection));
  return { allocation, changes };
}

async function resize() {
  resizePool({ root: project, stack, pool: "workers", size: "2" });
  const { changes } = await done(fleet.up(selection));
  return { changes };
}

/** Waits until as many nodes are Ready as there are machines. */
async function nodes(wanted) {
  const api = kubernetesApi(await fleet.kubeconfig(stack), stack);
  for (let asked = 0; ; asked++) {
    const { items } = await api.get("/api/v1/nodes");
    const ready = items.filter(({ status }) =>
      status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
    );
    if (ready.length === wanted || asked === 120) return ready.map(({ metadata }) => metadata.name);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function remove() {
  const { changes } = await done(fleet.destroy(selection));
  const { freed } = await removeTenant({ root: project, stack, gone: false }, fleet.engine);
  await fleet.engine.remove(stack);
  return { changes, freed };
}

async function up() {
  const [once] = (await fleet.up(selection, { retries: { retries: 0 } }).result).stacks;
  const { failure } = once;
  const again = failure?.retryable
    ? await done(fleet.up(selection, { retries: { retries: 30, longestPause: 5000 } }))
    : undefined;
  return { once: failure?.kind ?? once.status, locks: failure?.locks, message: once.message, again: again?.resources };
}

const actions = {
  live: async () => ({ made: await make(), resized: await resize(), nodes: await nodes(2), removed: await remove() }),
  make,
  up,
  delete: remove,
};
const report = await actions[action]();
process.stdout.write(JSON.stringify({ ...report, events: [...new Set(events)].sort() }));
