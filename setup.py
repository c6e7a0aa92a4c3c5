"""How Soseol installs.

``pip install .`` gives the writer's client, in the terminal. Extras add the rest: ``.[web]`` the
page, ``.[learn]`` fitting the ranking, ``.[serving]`` the server, ``.[pipeline]`` and
``.[trainer]`` what makes models, ``.[all]`` everything. The versions tested together are in
constraints.txt (``pip install -c constraints.txt ".[all]"``).

Beam runs this file too, on a cluster's behalf (``--setup_file=./setup.py``).
"""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"

CLIENT = [
    "grpcio>=1.80",  # the wire between server and client
    "protobuf>=6.31,<7",  # messages on that wire; TensorFlow 2.20 refuses 7
    "wcwidth>=0.5",  # Hangul takes two columns
    "python-docx>=1.1",  # export as docx
    "filelock>=4.3",  # one session at a time for a story, on Windows too
]

# What each part needs beyond that.
EXTRAS = {
    "pipeline": [
        "apache-beam>=2.77",  # runs the job on one machine or a cluster
        "google-crc32c>=1.6",  # Beam's TFRecord sink needs it
        "chardet>=7.7",  # tells CP949, UTF-16 and Johab apart
        "lxml>=6.1",  # reads the XHTML of EPUBs
        "markdown-it-py>=4.3",  # reads Markdown
        "mdit-py-plugins>=0.7",  # footnotes and front matter in it
        "datasketch>=2.0",  # MinHash: finds editions of one novel
        "kiwipiepy>=0.24",  # splits Korean text into sentences where no mark tells
        "soynlp==0.0.493",  # learns words from the corpus (the last release)
        "sentencepiece==0.2.1",  # encodes; later releases break TensorFlow's protobuf
        "numpy>=2.0",  # EM over the vocabulary
        "scipy>=1.13",  # the digamma function in it
        "tqdm>=4.66",  # progress
        "fasteners>=0.19",  # one job at a time for an output
        "jinja2>=3.1",  # report.html
        "markupsafe>=2.1",  # charts in it
        "psutil>=5.9",  # ends worker processes with the job
        "zstandard>=0.22",  # text between workers in a third of the memory
    ],
    "trainer": [
        "tensorflow>=2.20,<2.21",  # training, decoding graph, SavedModel
        "tensorflow-text>=2.20,<2.21",  # SentencePiece inside the graph
        "tensorflow-serving-api>=2.20,<2.21",  # warm-up records of an export
        "keras>=3.15",  # the model
        "sentencepiece==0.2.1",  # reads the vocabulary outside the graph
        "tqdm>=4.66",  # progress
        "matplotlib>=3.9",  # curves
    ],
    "report": [
        "kiwipiepy>=0.24",  # grammar, on the report card
        "pydivsufsort>=0.0.20",  # longest match with the training text
        "matplotlib>=3.9",  # its picture
    ],
    "serving": [
        "tensorflow>=2.20,<2.21",  # runs the SavedModel
        "tensorflow-text>=2.20,<2.21",  # its SentencePiece ops
        "tensorflow-serving-api>=2.20,<2.21",  # TensorFlow Serving's own messages
        "grpcio-health-checking>=1.80,<1.85",  # grpc.health.v1
        "grpcio-reflection>=1.80,<1.85",  # tools learn the API from the server
        "prometheus-client>=0.22",  # metrics
    ],
    "learn": [
        "scikit-learn>=1.6",  # logistic regression on a writer's choices
    ],
    "web": [
        "starlette>=0.46",  # the page's routes
        "uvicorn>=0.30",  # serves it
        "jinja2>=3.1",  # the page itself
    ],
}
EXTRAS["all"] = sorted({need for needs in EXTRAS.values() for need in needs})
# Not in "all": training does not start from a foundation yet.
EXTRAS["foundation"] = [
    "keras-hub>=0.32",  # Gemma 3's layers, and its checkpoints in Keras' and Hugging Face's form
    "gguf>=0.19",  # reads and dequantises GGUF files
    "safetensors>=0.8",  # weights on disk
]
# Not in "all": KoNLPy is under the GPL, and four of its five analysers need Java.
EXTRAS["konlpy"] = [
    "konlpy>=0.6",  # analysers for the pipeline's --segmenter=konlpy:...
    "JPype1>=1.5",  # Java in this process, for all of them but MeCab
    "mecab-python3>=1.0.10",  # MeCab without compiling
    "python-mecab-ko-dic>=2.1",  # its Korean dictionary
]
EXTRAS["dev"] = [
    *EXTRAS["konlpy"],
    *EXTRAS["foundation"],
    "axe-playwright-python>=0.1.4",  # accessibility checks of the page
    "check-jsonschema>=0.39",  # the compose file and the workflow by their schemas
    "cryptography>=45",  # certificates for the tests of TLS
    "grpcio-tools>=1.80,<1.85",  # generates the client's messages
    "httpx2>=2.0",  # Starlette's TestClient
    "hypothesis>=6.100",  # property tests
    "jax>=0.10",  # the model on another backend
    "kubernetes-validate>=1.37",  # manifests by Kubernetes's schemas
    "mypy>=1.15",  # type hints
    "playwright>=1.50",  # drives Chromium in the page's tests
    "pre-commit>=4.0",  # make lint before each commit
    "pytest>=8.3",  # tests
    "pytest-cov>=7.0",  # make coverage
    "pytest-timeout>=2.3",  # a hanging test fails instead
    "pytest-xdist>=3.8",  # two files at a time
    "pyyaml>=6.0",  # checks the compose file
    "ruff>=0.12",  # lint and format
    "types-protobuf>=6.30",  # type hints of protobuf
    "uv>=0.9",  # resolves constraints.txt for other Pythons and Windows
]

# Read, not imported: a part's dependencies are not installed yet.
VERSION = (HERE / "pipeline" / "version.py").read_text("utf-8").split('__version__ = "')[1]

setup(
    name="soseol",
    version=VERSION.split('"')[0],
    description="Write novels together with a model trained on the novels you choose",
    long_description=README.read_text("utf-8") if README.exists() else __doc__,
    long_description_content_type="text/markdown",
    author="The Soseol authors",
    license_expression="Apache-2.0",
    license_files=[name for name in ("LICENSE", "NOTICE") if (HERE / name).exists()],
    keywords=[
        "korean",
        "novel",
        "fiction",
        "writing",
        "co-writing",
        "text generation",
        "language model",
        "transformer",
        "keras",
        "apache beam",
        "tensorflow serving",
    ],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Environment :: Web Environment",
        "Intended Audience :: Developers",
        "Intended Audience :: End Users/Desktop",
        "Intended Audience :: Science/Research",
        "Natural Language :: English",
        "Natural Language :: Korean",
        "Operating System :: MacOS",
        "Operating System :: Microsoft :: Windows",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Artistic Software",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Text Processing :: Linguistic",
        "Typing :: Typed",
    ],
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["pipeline*", "trainer*", "serving*", "client*"]),
    package_data={
        "pipeline": ["py.typed"],
        "pipeline.report": ["*.jinja"],
        "trainer": ["py.typed"],
        "client": ["py.typed"],
        "client.remote": ["*.proto", "*.pyi"],
        "client.web": ["*.jinja", "static/*"],
        "serving": [
            "py.typed",
            "deploy/*.config",
            "deploy/*.txt",
            "deploy/*.yaml",
            "deploy/kubernetes/*.yaml",
            "deploy/Dockerfile",
        ],
    },
    entry_points={"console_scripts": ["soseol = client.launcher:main"]},
    install_requires=CLIENT,
    extras_require=EXTRAS,
)
