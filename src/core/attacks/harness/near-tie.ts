/** Relative margin under which two graphs of one model may round to different predictions. */
const NEAR_TIE = 1e-3;

/** Whether one logit is above another by more than rounding; false for anything that is not finite. */
export const clearlyAbove = (logit: number, other: number): boolean =>
  logit - other > NEAR_TIE * Math.max(1, Math.abs(logit), Math.abs(other));
