import { machineApi, type MachineApi } from "./machine-api";

/*
 * What is done to a machine before it gets a configuration. Imports nothing but what is part of the program.
 */

/** The program of the command. */
export function preparationProgram(
  answer: number,
  upgrade: number,
  health: number,
  steady: number,
  report: number,
): string {
  return `(${prepare.toString()})((${machineApi.toString()})(process.env), ${answer}, ${upgrade}, ${health}, ${steady}, ${report})`;
}

/**
 * Ends with 1 when the machine is another cluster's or does not answer, another control plane is not healthy, or it does
 * not come to run its installer. Its text is
 * part of a program: it uses nothing from outside itself.
 */
function prepare(
  api: MachineApi,
  answer: number,
  upgrade: number,
  health: number,
  steady: number,
  report: number,
): void {
  const installer = process.env["INSTALLER"] ?? "";
  const { call, inner } = api;
  /** What the name of the image says: images by digest alone say neither. */
  const wanted = {
    version: /:(v\d+\.\d+\.\d+[^@]*)/.exec(installer)?.[1],
    schematic: /\/([0-9a-f]{64})(?=[:@]|$)/.exec(installer)?.[1],
  };
  const before = /^installer (\S+)$/m.exec(process.env["PULUMI_COMMAND_STDOUT"] ?? "")?.[1];

  const running = async () => {
    const [answer = Buffer.alloc(0)] = await call("machine.MachineService/Version");
    const version = inner(answer, 1, 2, 1).toString();
    const asked = api.message({ 1: "runtime", 2: "ExtensionStatuses.runtime.talos.dev" });
    // the image factory puts the id among the extensions, as one that is called schematic
    const layers = (await call("cosi.resource.State/List", asked)).map((each) => inner(each, 1, 2, 1, 2));
    const mark = layers.find((layer) => inner(layer, 1).toString() === "schematic");
    return { version, schematic: mark === undefined ? undefined : inner(mark, 2).toString() };
  };
  type Running = Awaited<ReturnType<typeof running>>;
  const text = ({ version, schematic }: { version?: string | undefined; schematic?: string | undefined }) =>
    `${version ?? "an image without a version"}${schematic === undefined ? "" : ` of schematic ${schematic}`}`;
  /** Whether the machine runs its installer, as far as can be known. */
  const fits = ({ version, schematic }: Running) => {
    if (wanted.version === undefined) return before === installer;
    return version === wanted.version && (wanted.schematic === undefined || wanted.schematic === schematic);
  };

  let reported = Date.now();
  let said: string | undefined;
  /** Now and then, what is urgent at once. */
  const say = (reason: string, urgent = false) => {
    if (Date.now() - reported < report * 1000 && (!urgent || reason === said)) return;
    [reported, said] = [Date.now(), reason];
    process.stdout.write(`${api.where}: ${reason}\n`);
  };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1000));
  const words = (error: unknown) => (error as Error).message;

  const othersAreHealthy = async () => {
    for (const end = Date.now() + health * 1000; ; await pause()) {
      const reason = await api.unhealthyMember();
      if (reason === undefined) return;
      if (Date.now() >= end) {
        throw new Error(
          `${api.where}: ${reason} — all other control planes must be healthy before it is changed, for etcd needs a majority; ` +
            "repair that machine (if a change of the settings does, with `pulumi up --target` for its resources), or take it out and list it in base.lostMachines if it never comes back; then run `pulumi up` again",
        );
      }
      say(`waiting for the other control planes (${reason})`);
    }
  };

  const upgraded = async (from: Running) => {
    process.stdout.write(`${api.where}: upgrading from ${text(from)} to ${text(wanted)}\n`);
    let refusal: string | undefined;
    const request = api.message({ 1: installer });
    const sent = Date.now();
    // the machine pulls the image before it answers
    await call("machine.MachineService/Upgrade", request, { seconds: 900 }).catch((error: unknown) => {
      refusal = words(error);
    });
    const refused = refusal !== undefined && /the Talos API answers/.test(refusal);
    if (refused)
      throw new Error(
        `${api.where}: ${refusal} — the machine refuses the upgrade to ${installer}; correct what it names, then run \`pulumi up\` again`,
      );
    let away = false;
    let since: number | undefined;
    let state: string | undefined;
    for (;;) {
      let now: Running | undefined;
      try {
        state = await api.unsettled();
        now = await running();
      } catch (error) {
        state = words(error);
      }
      away ||= state !== undefined;
      const steadily = state === undefined && now !== undefined;
      since = steadily ? (since ?? Date.now()) : undefined;
      if (now !== undefined && since !== undefined && Date.now() - since >= steady * 1000) {
        // an image without a version: that it restarted has to do
        if (wanted.version === undefined ? away : fits(now)) return now;
        if (away)
          throw new Error(
            `${api.where}: it restarted and runs ${text(now)} still — ${installer} was not installed, or did not start and Talos ` +
              "went back to the one before; look at it with `talosctl dmesg`, then run `pulumi up` again",
          );
      }
      if (Date.now() - sent >= upgrade * 1000) {
        throw new Error(
          `${api.where}: ${state ?? refusal ?? `it runs ${now === undefined ? "" : text(now)} still`} — was not upgraded after ${upgrade} s, and no other machine was ` +
            "changed after it; look at it with `talosctl dmesg` and `talosctl services`, then run `pulumi up` again",
        );
      }
      say(`waiting for the upgrade (${state ?? "it has not restarted yet"})`);
      await pause();
    }
  };

  const ownerOf = async () => {
    for (const end = Date.now() + answer * 1000; ; await pause()) {
      try {
        return await api.owner();
      } catch (error) {
        if (Date.now() >= end) {
          throw new Error(
            `${api.where}: ${words(error)} — does not answer after ${answer} s; boot it into Talos' maintenance mode, or correct ` +
              "its address",
          );
        }
        say(`waiting for it to answer (${words(error)})`);
      }
    }
  };
  const run = async () => {
    const owner = await ownerOf();
    if (typeof owner === "object") {
      throw new Error(
        `${api.where}: configured by another cluster (${owner.other}) — must be in maintenance mode or of this cluster; reset it ` +
          "(`talosctl reset` with the talosconfig of that cluster, or wipe its disk), or correct its address",
      );
    }
    if (owner === "nobody") {
      process.stdout.write(`installer ${installer}\nnew\n`);
      return;
    }
    if (process.env["ROLE"] === "controlplane") await othersAreHealthy();
    let now: Running | undefined;
    for (const end = Date.now() + health * 1000; now === undefined;) {
      try {
        const names = await api.misnamed();
        if (names !== undefined) throw new Error(`its certificate is for ${names}, not for where it is reached`);
        now = await running();
      } catch (error) {
        const reason = words(error);
        if (Date.now() >= end)
          throw new Error(
            `${api.where}: ${reason} — must say which Talos it runs, with a certificate that is good, before it is changed; look ` +
              "at it with `talosctl services`, and at its clock; an address that the machine itself does not know belongs into " +
              "machine.certSANs of its patches, set while it is reached at another",
          );
        // a certificate does not become good by waiting: somebody has to look at a clock or an address
        say(`waiting for it to say what it runs (${reason})`, reason.includes("certificate"));
        await pause();
      }
    }
    // of an image without a version only a change can be seen
    const first = wanted.version === undefined && before === undefined;
    const after = first || fits(now) ? now : await upgraded(now);
    process.stdout.write(`installer ${installer}\nruns ${text(after)}\n`);
  };
  run().catch((error: unknown) => {
    process.stderr.write(words(error));
    process.exitCode = 1;
  });
}
