export const manage = 1;
