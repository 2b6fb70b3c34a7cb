// Who is signed in: the tab remembers it, a screen on the wall for longer.

const KEPT = 'callpark-sign-in';

export function keep(login, stay) {
  forget();
  (stay ? localStorage : sessionStorage).setItem(KEPT, JSON.stringify(login));
}

export function forget() {
  for (const store of [localStorage, sessionStorage]) store.removeItem(KEPT);
}

export function remembered() {
  for (const store of [localStorage, sessionStorage]) {
    try {
      const login = JSON.parse(store.getItem(KEPT));
      if (login?.user) return { login, kept: store === localStorage };
    } catch {
      store.removeItem(KEPT);
    }
  }
  return null;
}
