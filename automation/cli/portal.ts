import { InvalidInput } from "../../components/core/problem";
import { cloudOf, serve, untilTold } from "../portal/serve";
import { readSettings } from "../portal/settings";
import { newToken } from "../portal/static-tokens";

export interface PortalChoice {
  readonly settings?: string;
  readonly listen: string;
  readonly newToken?: true;
}

/** Serves the portal until the process shall end, or makes a token for its settings. */
export async function runPortal(choice: PortalChoice, print: (line: string) => void): Promise<void> {
  if (choice.newToken === true) {
    const { token, sha256 } = newToken();
    print(`token: ${token}`);
    print(`for the settings, under tokens: { name: …, sha256: ${sha256}, customers: […] }`);
    return;
  }
  const { settings: file } = choice;
  if (file === undefined) {
    const problem = {
      where: "--settings",
      given: "missing",
      rule: "must name the settings",
      fix: "see docs/portal.md",
    };
    throw new InvalidInput("the portal", [problem]);
  }
  const settings = readSettings(file);
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  const { url, close } = await serve({ cloud: cloudOf(settings), settings, log }, choice.listen);
  print(`${url} — Ctrl-C ends it; jobs at work are gone on with the next time`);
  await untilTold();
  await close();
}
