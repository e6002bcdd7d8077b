import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { BrowserContext, Page } from "playwright-core";

/** Flags without which it asks servers of its maker, or needs a user of its own. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Chromium on PATH; undefined where there is none. */
export function chromiumHere(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
}

/** A headless browser with a profile of its own, which goes with it. */
export class Browser {
  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    private readonly profile: string,
    /** Errors of scripts, and what the page's policy has refused. */
    readonly errors: readonly string[],
  ) {}

  static async start(executablePath: string): Promise<Browser> {
    const { chromium } = await import("playwright-core");
    const profile = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-browser-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      args: FLAGS,
      viewport: { width: 1120, height: 760 },
      reducedMotion: "reduce",
    });
    const page = context.pages()[0] ?? (await context.newPage());
    // machines that are busy with other tests take their time
    page.setDefaultTimeout(60_000);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // answers that are refusals are logged by the browser too
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        errors.push(message.text());
    });
    return new Browser(context, page, profile, errors);
  }

  async close(): Promise<void> {
    await this.context.close();
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  /** What axe finds wrong with the page as it is, a line for each element. */
  async violations(): Promise<string[]> {
    const source = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    await this.page.evaluate(`if (!window.axe) { ${source} }`);
    const found = await this.page.evaluate(
      `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " " + target.join(" ") + ": " + failureSummary)))`,
    );
    return found as string[];
  }

  /** Moves the focus by the keyboard to an element whose accessible text, label or name fits. */
  async tabTo(wanted: string): Promise<void> {
    for (let count = 0; count < 60; count++) {
      await this.page.keyboard.press("Tab");
      const focused = await this.page.evaluate<string>(
        `(() => { const e = document.activeElement; return e === null ? "" : [e.textContent, e.getAttribute("name"), e.value].join("|"); })()`,
      );
      if (focused.includes(wanted)) return;
    }
    throw new Error(`the keyboard does not reach ${wanted}`);
  }

  /** Keeps a picture for the documentation, where that is asked for: `FIRMAMENT_SCREENSHOTS=docs/portal`. */
  async picture(name: string): Promise<void> {
    const folder = process.env["FIRMAMENT_SCREENSHOTS"];
    if (folder === undefined) return;
    fs.mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `${name}.png`), scale: "css", fullPage: true });
  }
}
