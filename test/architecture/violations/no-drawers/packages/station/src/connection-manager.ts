// violates no-drawers
export const connection = 1;
