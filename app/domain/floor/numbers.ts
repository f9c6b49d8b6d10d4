// What may be dialled and pressed. Which numbers a call may go to is the edge's allow-list; here only the form is looked at.

const dialable = /^\+?[0-9]{2,24}$/;
const pressable = /^[0-9A-D*#]{1,32}$/;

export const isNumber = (text: string): boolean => dialable.test(text);
export const areDigits = (text: string): boolean => pressable.test(text);
