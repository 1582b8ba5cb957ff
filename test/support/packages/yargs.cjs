// Stands for the package: see jest.config.cjs and bundle-transform.cjs.
