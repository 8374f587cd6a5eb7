import { TEXT_LIMITS } from '../../core/base/limits.js';
import { shown, shownData, shownJson, shownLines } from '../../core/base/text/index.js';
import type { Output } from './progress-pieces.js';

/**
 * The only way from a command to a stream. Whatever comes from a file or a flag is cleaned on it: names hold
 * escape sequences, NUL or line breaks that a terminal obeys (`shown`).
 */
export class Screen {
  /** @param stream to draw a bar on, which moves the cursor; nothing else is to be written there */
  constructor(readonly stream: Output) {}

  /** One line, whatever the text holds. */
  line(text: string): void {
    this.stream.write(`${shown(text, TEXT_LIMITS.line)}\n`);
  }

  /**
   * Text of several lines made from data.
   * @param textOf is given the data with every string in it cleaned, so that breaks of lines are its own
   */
  text<T>(data: T, textOf: (data: T) => string): void {
    this.own(`${textOf(shownData(data))}\n`);
  }

  /** Data as they are: what JSON strings may not show is written as escapes of JSON. */
  json(data: unknown): void {
    this.stream.write(jsonText(data));
  }

  /** Text of the program's own, such as a help text. */
  own(text: string): void {
    this.stream.write(shownLines(text));
  }
}

/** A JSON file. */
export const jsonText = (data: unknown): string => `${shownJson(JSON.stringify(data, null, 2))}\n`;
