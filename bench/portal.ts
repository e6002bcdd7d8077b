import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { table } from "../sandbox/report";
import { EnginePlace } from "./engine-place";
import { cellsOf, figure, HEAD, quantile } from "./figures";
import type { PortalOrder } from "./portal-server";
import { memoryOf } from "./residue";

const CUSTOMERS = 200;

/** Milliseconds after which a customer's page asks again, as automation/portal/page/app.ts has it. */
const AGAIN = 5000;

/** Milliseconds of a round: what the backend says is asked for anew in it. */
const ROUND = 40_000;

/** Jobs that each cluster has had. */
const HISTORY = 10;

/**
 * Measures a portal whose customers look at their clusters: the real one in a process of its own, with the stack files of
 * 200 tenants, a real engine's backend and the jobs of a year. Each customer's page asks again every five seconds.
 *
 * @returns the table to print.
 */
export async function benchPortal(rounds: number): Promise<string> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-bench-"));
  const tokens = Array.from({ length: CUSTOMERS }, (_, index) => `token-${index}`);
  const figures = {
    median: figure(`${CUSTOMERS} customers poll: median`, "ms"),
    p99: figure("the same: 99 of 100 within", "ms", 50),
    worst: figure("the same: the slowest", "ms"),
    burst: figure(`${CUSTOMERS} at the same moment: the last of them`, "ms"),
    memory: figure("memory of the portal and the engine that it asks", "MiB"),
  };
  const portal = await start(await prepare(path.join(directory, "place"), tokens));
  try {
    const ask = asker(portal.url);
    // logs in, and waits for what is asked of the engine the first time
    for (const token of tokens) await ask(token, "/api/clusters");
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`);
      const times = (await Promise.all(tokens.map((token, index) => customer(ask, token, index)))).flat();
      figures.median.values.push(quantile(times, 0.5));
      figures.p99.values.push(quantile(times, 0.99));
      figures.worst.values.push(Math.max(...times));
      figures.burst.values.push(Math.max(...(await Promise.all(tokens.map((token) => ask(token, "/api/clusters"))))));
      figures.memory.values.push(memoryOf(portal.pid));
    }
  } finally {
    await portal.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  }
  const what = `each asks every ${AGAIN / 1000} s, for ${ROUND / 1000} s a round; ${CUSTOMERS * HISTORY} jobs before`;
  return `${os.cpus().length} cores, ${rounds} rounds; ${what}\n\n${table(HEAD, Object.values(figures).map(cellsOf))}`;
}

type Ask = (token: string, place: string) => Promise<number>;

/** A page that is open: mostly the list, at times the other two. @returns milliseconds of each request. */
async function customer(ask: Ask, token: string, index: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + ROUND;
  // people do not open their pages at the same moment
  await sleep((index * AGAIN) / CUSTOMERS);
  for (let count = index; performance.now() < end; count++) {
    const place = count % 10 === 8 ? "/api/capacity" : count % 10 === 9 ? "/api/audit" : "/api/clusters";
    const took = await ask(token, place);
    times.push(took);
    await sleep(Math.max(0, AGAIN - took));
  }
  return times;
}

/** Over connections that stay, as browsers keep them. */
function asker(url: string): Ask {
  const agents = new Map<string, http.Agent>();
  return (token, place) => {
    const agent = agents.get(token) ?? new http.Agent({ keepAlive: true, maxSockets: 1, keepAliveMsecs: 60_000 });
    agents.set(token, agent);
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const request = http.get(
        `${url}${place}`,
        { agent, headers: { authorization: `Bearer ${token}` } },
        (response) => {
          response.resume();
          response.on("end", () => {
            if (response.statusCode === 200) resolve(performance.now() - started);
            else reject(new Error(`${place}: ${response.statusCode}`));
          });
        },
      );
      request.on("error", reject);
    });
  };
}

/** A cloud of as many tenants as customers, all of them deployed. */
async function prepare(directory: string, tokens: readonly string[]): Promise<PortalOrder> {
  const place = await EnginePlace.make(directory);
  await place.publishPlatforms(["platform.a"], () => "hush");
  const [model = ""] = await place.makeTenants("a", 1);
  const state = fs.readFileSync(place.state("platform.a"), "utf8");
  const file = fs.readFileSync(path.join(place.project, `Pulumi.${model}.yaml`), "utf8");
  const clusters = tokens.map((_, index) => `c${index}--web`);
  for (const cluster of clusters) {
    const stack = `tenant.a.${cluster}`;
    fs.writeFileSync(path.join(place.project, `Pulumi.${stack}.yaml`), file);
    fs.writeFileSync(place.state(stack), state.replaceAll("platform.a", stack));
  }
  return {
    fleet: place.options(),
    cloud: "a",
    service: {
      database: path.join(directory, "portal.db"),
      tokens: tokens.map((token, index) => ({
        name: `c${index}`,
        sha256: createHash("sha256").update(token).digest("hex"),
        customers: [`c${index}`],
      })),
      prices: { currency: "EUR", cpu: 9, memory: 2, storage: 0.1 },
    },
    history: { clusters, each: HISTORY },
  };
}

async function start(order: PortalOrder) {
  const script = path.join(__dirname, "portal-server.js");
  const child = spawn(process.execPath, [script, JSON.stringify(order)], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [line] = (await Promise.race([once(child.stdout, "data"), exited.then(() => [])])) as (Buffer | undefined)[];
  if (line === undefined) throw new Error("the portal did not start");
  return {
    url: line.toString().trim(),
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
