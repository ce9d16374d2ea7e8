// While the rest of the page is still being read: the theme and the size of type that this device was given, and the link
// to the show is opened. link.js takes it over.
{
  const root = document.documentElement;
  const kept = (name) => {
    try {
      return localStorage.getItem(`cuelang.${name}`);
    } catch {
      return null; // a browser that keeps nothing
    }
  };
  const light = matchMedia("(prefers-color-scheme: light)");
  const paint = () => {
    const theme = kept("theme") ?? "dark";
    root.dataset.theme = theme === "auto" ? (light.matches ? "light" : "dark") : theme;
    root.dataset.type = kept("type") ?? "0";
    document.querySelector("meta[name=theme-color]").content = root.dataset.theme === "light" ? "#e4e7eb" : "#0d0f12";
  };
  light.addEventListener("change", paint);
  addEventListener("storage", paint);
  addEventListener("cuelang.device", paint);
  paint();
}

const watching = new URLSearchParams(location.search).get("role") === "view"; // by its address: only to look
const linkAddress = () =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws${watching ? "?role=view" : ""}`;

let early = { socket: new WebSocket(linkAddress()), opened: false, closed: null, heard: [] };
early.socket.onopen = () => (early.opened = true);
early.socket.onmessage = (event) => early.heard.push(event);
early.socket.onclose = (event) => (early.closed = event);
