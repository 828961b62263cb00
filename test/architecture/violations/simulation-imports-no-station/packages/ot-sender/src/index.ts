export const head = 1;
