/** What OVN's tracer says of a packet. */
export interface Trace {
  /** Ports that it leaves by. */
  readonly outputs: readonly string[];
  /** Flows of access control that it met, in order. */
  readonly decisions: readonly Decision[];
}

export interface Decision {
  /** First eight digits of the flow's id. */
  readonly flow: string;
  readonly drops: boolean;
  /** Of the pod: what it sends, or what comes in. */
  readonly direction: "egress" | "ingress";
}

/** ` 4. ls_in_acl (northd.c:6510): ip4 && tcp, priority 3001, uuid 1234abcd`, or with two spaces more below another. */
const STEP = /^\s*\d+\. (\w+)(?: \([^)]*\))?: .*, priority (\d+), uuid ([0-9a-f]{8})/;
const OUTPUT = /^\s*(?:output\("([^"]+)"\)|\/\* output to "([^"]+)"[^*]*\*\/)/;
/** Stages in which ACLs are. Those of hints and of what comes before only prepare. */
const ACL_STAGE = /^ls_(in|out)_acl(_eval|_action|_after_lb)?$/;
/** What OVN itself puts there: everything that no ACL is about passes. */
const OWN_PRIORITIES = new Set(["0", "1", "65532", "65535", "34000"]);

/**
 * Reads the detailed output of `ovn-trace` (23.03).
 *
 * A router that has no route answers the sender, which is an output as well: only that of the intended port counts, so
 * that all outputs are given here and none is judged.
 */
export function readTrace(text: string): Trace {
  const outputs: string[] = [];
  const decisions: { flow: string; drops: boolean; direction: Decision["direction"] }[] = [];
  let last: (typeof decisions)[number] | undefined;
  for (const line of text.split("\n")) {
    const [, stage = "", priority = "", flow = ""] = STEP.exec(line) ?? [];
    if (flow !== "") {
      last = undefined;
      if (ACL_STAGE.test(stage) && !OWN_PRIORITIES.has(priority)) {
        last = { flow, drops: false, direction: stage.startsWith("ls_in") ? "egress" : "ingress" };
        decisions.push(last);
      }
      continue;
    }
    if (last !== undefined && /^\s*(drop|reject)\b/.test(line)) last.drops = true;
    const [, action, comment] = OUTPUT.exec(line) ?? [];
    const port = action ?? comment;
    if (port !== undefined && !outputs.includes(port)) outputs.push(port);
  }
  return { outputs, decisions };
}
