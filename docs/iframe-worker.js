// Search runs in a worker, which browsers refuse to a page that was opened from a file. There its script runs in a
// hidden frame; messages are copied, as between a page and a worker. Without a file of this name among the polyfills
// Zensical would have pages load such a script from a foreign host.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(address) {
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.srcdoc = "<!doctype html>";
      this.started = new Promise((start, fail) => {
        this.frame.onload = () => {
          const inner = this.frame.contentWindow;
          inner.postMessage = (data) => this.onmessage?.(new MessageEvent("message", { data: structuredClone(data) }));
          const script = inner.document.createElement("script");
          script.src = new URL(address, document.baseURI);
          script.onload = () => start(inner);
          script.onerror = fail;
          inner.document.body.append(script);
        };
      });
      this.started.catch(() => this.onerror?.(new Event("error")));
      document.body.append(this.frame);
    }
    postMessage(data) {
      const copy = structuredClone(data);
      this.started.then((inner) => inner.dispatchEvent(new inner.MessageEvent("message", { data: copy })));
    }
    terminate() {
      this.frame.remove();
    }
  };
}
