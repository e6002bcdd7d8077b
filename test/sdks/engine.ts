import * as pulumi from "@pulumi/pulumi";
import { withLocalStorage } from "@pulumi/pulumi/runtime/state";

interface Struct {
  toJavaScript(): Record<string, unknown>;
}

interface Packaged {
  getVersion(): string;
  getPlugindownloadurl(): string;
}

export interface RegisterRequest extends Packaged {
  getType(): string;
  getProvider(): string;
  getObject(): Struct | undefined;
  getAdditionalsecretoutputsList(): string[];
}

export interface ReadRequest extends Packaged {
  getType(): string;
  getId(): string;
  getProperties(): Struct | undefined;
}

export interface InvokeRequest extends Packaged {
  getTok(): string;
  getArgs(): Struct | undefined;
}

/** The requests an SDK made, as they were sent. */
export interface Seen {
  readonly registered: RegisterRequest[];
  readonly read: ReadRequest[];
  readonly invoked: InvokeRequest[];
}

/** Runs a piece of program and returns what the engine is sent, down to the fields that mocks do not show. */
export async function engineSees(program: () => unknown): Promise<Seen> {
  const seen: Seen = { registered: [], read: [], invoked: [] };
  await withLocalStorage(async () => {
    await pulumi.runtime.setMocks({
      call: ({ inputs }) => inputs as Record<string, unknown>,
      newResource: ({ name, id, inputs }) => ({
        id: id === undefined || id === "" ? `${name}-id` : id,
        state: inputs as Record<string, unknown>,
      }),
    });
    const monitor = pulumi.runtime.getMonitor() as unknown as Record<string, Call>;
    listen(monitor, "registerResource", seen.registered);
    listen(monitor, "readResource", seen.read);
    listen(monitor, "invoke", seen.invoked);
    await pulumi.runtime.runInPulumiStack(async () => {
      await program();
      return undefined;
    });
    // requests are made in the background: this waits for those on their way
    await pulumi.runtime.disconnect();
  });
  return { ...seen, registered: seen.registered.filter((request) => request.getType() !== "pulumi:pulumi:Stack") };
}

type Call = (request: never, callback: unknown) => unknown;

function listen<Request>(monitor: Record<string, Call>, method: string, requests: Request[]): void {
  const answer = monitor[method]?.bind(monitor);
  monitor[method] = (request: never, callback: unknown) => {
    requests.push(request);
    return answer?.(request, callback);
  };
}
