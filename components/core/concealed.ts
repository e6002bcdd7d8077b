import { inspect } from "node:util";

const SHOWN = "[secret]";

/** A secret text that messages, logs and JSON do not show: only who asks for it gets it. */
export class Concealed {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
