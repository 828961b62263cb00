// violates no-drawers
export const round = 1;
