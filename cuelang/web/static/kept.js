// What this device keeps for itself.

export function kept(name, otherwise = "") {
  try {
    return localStorage.getItem(`cuelang.${name}`) ?? otherwise;
  } catch {
    return otherwise; // a browser that keeps nothing
  }
}

/** For this page, and for the next time if the browser keeps anything. */
export function keep(name, value) {
  try {
    localStorage.setItem(`cuelang.${name}`, value);
  } catch {
    // it is asked for again
  }
  dispatchEvent(new Event("cuelang.device"));
}
