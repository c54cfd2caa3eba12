/* Who finds what on a page. Whether he may do it, the engine decides. */
export const may = (who, ...roles) => roles.some((r) => who.roles.includes(r));

export const workers = ['manager', 'staff', 'operator'];
export const residents = ['manager', 'staff', 'auditor'];
export const checkers = ['administrator', 'manager', 'staff'];
