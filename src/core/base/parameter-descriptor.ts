/** What help texts, documentation and validation say of one parameter. */
export interface ParameterDescriptor {
  readonly help: string;
  readonly unit: string;
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Only whole numbers make sense. */
  readonly integer?: true;
  readonly source: string;
}
