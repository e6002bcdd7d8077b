import * as assert from "node:assert/strict";
import { InvalidInput } from "../../components/core/problem";
import { type Evidence, failureOf } from "./classify";
import { FAILURES, type FailureKind } from "./kinds";

const URN = "urn:pulumi:platform.a::firmament::kubernetes:helm.sh/v3:Release::metallb";
const STACK = "urn:pulumi:platform.a::firmament::pulumi:pulumi:Stack::firmament-platform.a";
const LOCK =
  "  file:///s/.pulumi/locks/organization/firmament/platform.a/1.json: created by a@here (pid 42) at 2026-05-04T03:02:01Z";
const here = (started: number | "gone") => ({ host: "here", started: () => started });

const nothing: Evidence = {
  stack: "platform.a",
  thrown: new Error("code: 255"),
  diagnostics: [],
  output: "",
  refusedByPolicy: false,
  pending: false,
  aborted: false,
};
const of = (message: string) => ({ diagnostics: [{ urn: URN, message }] });
const program = (message: string) => ({ diagnostics: [{ urn: STACK, message }] });
const output = (text: string) => ({ output: text });
const named = (name: string) => ({ thrown: Object.assign(new Error("code: 255"), { name }) });

/** Messages as the engine (3.259 and 3.274), Helm and the Kubernetes provider write them. */
const CASES: readonly (readonly [FailureKind, string, Partial<Evidence>])[] = [
  ["locked", "a service's answer", output("error: [409] Conflict: Another update is currently in progress.")],
  ["locked", "a lock without content, left by a full disk", output("error: unexpected end of JSON input\n")],
  [
    "state-integrity",
    "a state that is cut off",
    output("error: failed to load checkpoint: unexpected end of JSON input\n"),
  ],
  ["missing", "a stack that nobody made", output("error: no stack named 'platform.a' found")],
  ["missing", "the Automation API's own class", named("StackNotFoundError")],
  ["policy", "a mandatory policy", { refusedByPolicy: true, ...of("policy violation") }],
  ["policy", "a pack that does not start", output('error: could not start policy pack "firmament": exit status 1')],
  [
    "settings",
    "settings that the program refuses",
    program("tenant settings cannot be used:\n  tenant.tier: gold — must be one of …; correct it"),
  ],
  ["settings", "a wrong passphrase", output("error: incorrect passphrase")],
  [
    "settings",
    "no passphrase",
    output("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"),
  ],
  ["settings", "input that this program refuses", { thrown: new InvalidInput("the stack files", []) }],
  ["program", "an error of the program", program("Unhandled exception: TypeError: x is not a function")],
  ["program", "an unknown word of the CLI", output("error: unknown flag: --nope")],
  ["provider-transient", "an API server that is down", of("dial tcp 192.0.2.1:6443: connect: connection refused")],
  ["provider-transient", "a webhook that is not there yet", of("failed calling webhook: context deadline exceeded")],
  [
    "provider-transient",
    "an API server that is down, and what the engine gave up for it",
    {
      diagnostics: [
        { urn: URN, message: "failed to run policy: context canceled" },
        { urn: URN, message: "configured Kubernetes cluster is unreachable: context deadline exceeded" },
      ],
    },
  ],
  ["provider-transient", "a wait that took too long", of("timed out waiting for the condition")],
  [
    "provider-permanent",
    "an object that the API refuses",
    of('ConfigMap "x" is invalid: metadata.name: Invalid value'),
  ],
  [
    "provider-permanent",
    "two errors, one of which stays",
    {
      diagnostics: [
        { urn: URN, message: "connection refused" },
        { urn: URN, message: "is invalid" },
      ],
    },
  ],
  ["provider-permanent", "an object that somebody else made", of('namespaces "metallb" already exists')],
  ["interrupted", "an object that a killed engine made", { pending: true, ...of('namespaces "x" already exists') }],
  ["interrupted", "an engine that was killed", output("Command was killed with SIGKILL (Forced termination)")],
  ["release-name-taken", "a release that the state has lost", of("cannot re-use a name that is still in use")],
  [
    "protected",
    "a protected resource",
    program('resource "urn" cannot be deleted\nbecause it is protected. To unprotect the resource, …'),
  ],
  ["state-integrity", "a damaged state", output("error: snapshot integrity failure; refusing to use it: …")],
  ["cancelled", "the caller's signal", { aborted: true, ...of("connection refused") }],
  [
    "engine-version",
    "a state of a newer engine",
    output("error: the stack 'platform.a' is newer than what this version of the Pulumi CLI understands."),
  ],
  [
    "engine-version",
    "a state in another form than the engine knows",
    output("error: failed to load checkpoint: unsupported checkpoint version 99"),
  ],
  ["engine-version", "an old CLI", { thrown: new InvalidInput("the Pulumi CLI", []) }],
  ["engine-version", "a plugin that is missing", output("error: no resource plugin 'pulumi-resource-talos' found")],
  ["backend", "a folder that cannot be written", output("error: open /s/.pulumi/x: read-only file system")],
  ["backend", "a full one", output("error: write /s/.pulumi/x: no space left on device")],
];

describe("the kinds of failures", () => {
  for (const [kind, what, evidence] of CASES) {
    it(`${what}: ${kind}`, () => {
      const failure = failureOf({ ...nothing, ...evidence });
      assert.equal(failure.kind, kind);
      assert.equal(failure.retryable, FAILURES[kind].retryable);
      assert.ok(!failure.advice.includes("{stack}"));
    });
  }

  it("tell a lock of a dead process from one of a living one", () => {
    const text = `error: the stack is currently locked by 1 lock(s).\n${LOCK}`;
    const [live, stale] = [0, "gone"] as const;
    assert.equal(failureOf({ ...nothing, output: text }, here(live)).kind, "locked");
    const failure = failureOf({ ...nothing, output: text }, here(stale));
    assert.deepEqual([failure.kind, failure.locks.map(({ pid }) => pid)], ["stale-lock", [42]]);
  });

  it("name the resource that failed first, and none for the stack itself", () => {
    const two = { diagnostics: [...program("update failed").diagnostics, ...of("is invalid").diagnostics] };
    assert.equal(failureOf({ ...nothing, ...two }).urn, URN);
    assert.equal(failureOf({ ...nothing, ...program("x") }).urn, undefined);
  });

  it("do not take a provider's word for one about the stack", () => {
    assert.equal(failureOf({ ...nothing, ...of("write /data: no space left on device") }).kind, "provider-permanent");
    assert.equal(failureOf({ ...nothing, ...of("chart values cannot be used:\n  x") }).kind, "provider-permanent");
  });

  it("let a program try again that an error of another has failed", () => {
    const { kind, retryable } = failureOf({ ...nothing, ...program("Unhandled exception: boom"), disturbed: true });
    assert.deepEqual([kind, retryable], ["program", true]);
  });

  it("say of a backend that does not answer that it may later", () => {
    const { kind, retryable } = failureOf({
      ...nothing,
      output: "error: could not list bucket: dial tcp: connection refused",
    });
    assert.deepEqual([kind, retryable], ["backend", true]);
  });
});
