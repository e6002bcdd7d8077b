import { machineApi, type MachineApi } from "./machine-api";

/*
 * How a changed machine is waited for. Imports nothing but what is part of the program.
 */

/** The program of the command. */
export function settledProgram(seconds: number, steady: number, report: number): string {
  return `(${waitUntilSettled.toString()})((${machineApi.toString()})(process.env), ${seconds}, ${steady}, ${report})`;
}

/**
 * Ends with 1 when a machine does not come to run its configuration in time. Its text is part of a program: it uses
 * nothing from outside itself.
 *
 * It asks for the machine's status, and for that of static pods, where the images are that really run: a kubelet asks for
 * changed ones only now and then, 20 s apart.
 */
function waitUntilSettled(api: MachineApi, seconds: number, steady: number, report: number): void {
  if (process.env["PULUMI_COMMAND_STDOUT"] === undefined && process.env["ADOPTED"] !== "true") {
    process.stdout.write("new");
    return;
  }
  const images = (process.env["STATIC_POD_IMAGES"] ?? "").split(" ").filter(Boolean);
  const look = async () => {
    const unsettled = await api.unsettled();
    if (unsettled !== undefined || images.length === 0) return unsettled;
    const asked = api.message({ 1: "k8s", 2: "StaticPodStatuses.kubernetes.talos.dev" });
    const pods = Buffer.concat(await api.call("cosi.resource.State/List", asked));
    const old = images.filter((image) => !pods.includes(image));
    return old.length === 0 ? undefined : `${old.join(", ")} does not run yet`;
  };

  const began = Date.now();
  let reported = began;
  let since: number | undefined;
  const attempt = async () => {
    const reason = await look().catch((error: unknown) => (error as Error).message);
    const now = Date.now();
    since = reason === undefined ? (since ?? now) : undefined;
    if (since !== undefined && now - since >= steady * 1000) {
      process.stdout.write("runs its configuration\n");
      return;
    }
    if (now - began >= seconds * 1000) {
      process.stderr.write(
        `${api.where}: ${reason ?? "it has only just come back"} — does not run its new configuration after ${seconds} s, and no other ` +
          "machine was changed after it; look at it with `talosctl dmesg` and `talosctl services`, then run `pulumi up` again",
      );
      process.exitCode = 1;
      return;
    }
    if (reason !== undefined && now - reported >= report * 1000) {
      reported = now;
      process.stdout.write(`${api.where}: waiting for it to run its new configuration (${reason})\n`);
    }
    setTimeout(() => void attempt(), 1000);
  };
  void attempt();
}
