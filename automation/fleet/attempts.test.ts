import * as assert from "node:assert/strict";
import { EngineError } from "../engine-error";
import type { Failure } from "../failure/classify";
import { type FailureKind, FAILURES } from "../failure/kinds";
import type { Recovery } from "../recover";
import { attempt, AttemptsFailed, type AttemptOptions } from "./attempts";

const NOTHING: Recovery = { recorded: [], forgotten: [], repeated: [] };

function failing(...kinds: readonly (FailureKind | Failure)[]) {
  let calls = 0;
  return () => {
    const kind = kinds[calls++];
    if (kind === undefined) return Promise.resolve("done");
    const failure: Failure = typeof kind === "string" ? { ...FAILURES[kind], kind, locks: [] } : kind;
    return Promise.reject(new EngineError("base.a", "up", failure, ""));
  };
}

async function tried(work: () => Promise<string>, options: Partial<AttemptOptions> = {}) {
  const log: string[] = [];
  const all: AttemptOptions = {
    pause: 0,
    retrying: ({ kind }) => void log.push(`retry after ${kind}`),
    recovered: () => void log.push("recovered"),
    ...options,
  };
  try {
    const { attempts } = await attempt(work, all);
    return { log, attempts, failed: false };
  } catch (error) {
    assert.ok(error instanceof AttemptsFailed, String(error));
    return { log, attempts: error.attempts, failed: true };
  }
}

describe("attempts", () => {
  it("are made again after what may pass, as often as allowed", async () => {
    const { log, attempts } = await tried(failing("provider-transient", "locked"));
    assert.deepEqual([attempts, log], [3, ["retry after provider-transient", "retry after locked"]]);
    const often = await tried(failing("locked", "locked", "locked", "locked"));
    assert.deepEqual([often.failed, often.attempts], [true, 3]);
    assert.deepEqual(await tried(failing("locked"), { retries: 0 }), { log: [], attempts: 1, failed: true });
  });

  it("wait longer each time, but not for ever", async () => {
    const pauses: number[] = [];
    const locked = failing("locked", "locked", "locked");
    const options = { retries: 3, pause: 4, longestPause: 10, random: () => 1 };
    await tried(locked, { ...options, retrying: (_, seconds) => void pauses.push(seconds * 1000) });
    assert.deepEqual(pauses, [4, 8, 10]);
  });

  it("are not made again after what would fail again", async () => {
    for (const kind of ["policy", "settings", "provider-permanent", "protected", "state-integrity"] as const) {
      assert.equal((await tried(failing(kind))).attempts, 1, kind);
    }
    assert.equal((await tried(() => Promise.reject(new Error("unknown")))).attempts, 1);
  });

  it("begin with a recovery after an engine was killed", async () => {
    const recover = () => Promise.resolve(NOTHING);
    assert.deepEqual((await tried(failing("interrupted"), { recover })).log, ["retry after interrupted", "recovered"]);
    const own = await tried(failing("interrupted", "stale-lock"), {
      recover: () => Promise.reject(new Error("the stack is currently locked by 1 lock(s)")),
    });
    assert.deepEqual([own.failed, own.log], [true, ["retry after interrupted"]]);
  });

  it("leave a lock that cannot be taken away, and a release of somebody else", async () => {
    const lock = { user: "a", host: "here", pid: 1, since: "", url: "s3://b/.pulumi/locks/1.json" };
    const stale = { ...FAILURES["stale-lock"], kind: "stale-lock", locks: [{ ...lock, holder: "dead" }] } as const;
    const recover = () => Promise.resolve(NOTHING);
    assert.deepEqual((await tried(failing(stale), { recover })).attempts, 1);
    assert.equal((await tried(failing("release-name-taken"), { recover })).failed, true);
    const forgot = () => Promise.resolve({ ...NOTHING, forgotten: ["urn"] });
    assert.equal((await tried(failing("release-name-taken"), { recover: forgot })).failed, false);
  });

  it("end when the caller says so, also in a pause", async () => {
    const stop = new AbortController();
    const running = tried(failing("locked"), { pause: 600_000, signal: stop.signal, retrying: () => stop.abort() });
    assert.deepEqual(await running, { log: [], attempts: 1, failed: true });
  });
});
