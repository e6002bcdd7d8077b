import { fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import { schematicId, schematicText } from "../../components/talos/image/schematic";
import { type FactoryChoice, schematicOf } from "../../components/talos/image/urls";

const TIMEOUT_MS = 30_000;

/**
 * Makes the schematic of an image known to its factory, which serves no image of one that it was never sent. A second
 * time changes nothing.
 *
 * @returns the id.
 * @throws InvalidInput when the factory does not take it, or has another id for it.
 */
export async function register(choice: FactoryChoice, send: typeof fetch = fetch): Promise<string> {
  const url = `https://${choice.factory}/schematics`;
  const schematic = schematicOf(choice);
  const refuse = (given: string, rule: string, fix: string) =>
    new InvalidInput("the image", [{ where: url, given, rule, fix }]);
  const answer = await posted(url, schematicText(schematic), send).catch((error: unknown) => {
    const fix = "look whether the factory can be reached from here, and whether it has these extensions";
    throw refuse(reason(error), "the factory must take the schematic", fix);
  });
  const wanted = schematicId(schematic);
  if (answer !== wanted) {
    const fix = "report it with the version of the factory; meanwhile give installer and extensions in place of image";
    throw refuse(answer, `the id of this schematic must be ${wanted}`, fix);
  }
  return wanted;
}

async function posted(url: string, body: string, send: typeof fetch): Promise<string> {
  const response = await send(url, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${response.status} ${text.split("\n")[0]?.slice(0, 200) ?? ""}`.trim());
  const { id } = fieldsOf(JSON.parse(text));
  if (typeof id !== "string") throw new Error("an answer without id");
  return id;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}
