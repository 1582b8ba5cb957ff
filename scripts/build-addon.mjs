// The netlink package's addon in a bundle: it lies beside it, so that nothing has to be searched for at start.
export const addonBesideBundle = {
  name: 'addon-beside-bundle',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node-gyp-build$/ }, () => ({ path: 'addon', namespace: 'addon' }))
    onLoad({ filter: /.*/, namespace: 'addon' }, () => ({
      contents:
        "module.exports = () => require(__dirname + '/prebuilds/linux-' + process.arch + '/node.napi.node')",
    }))
  },
}
