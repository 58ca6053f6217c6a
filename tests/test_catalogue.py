"""What portals harvest, read with the parsers that they use: rdflib and SHACL, CKAN mappers, frictionless."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyshacl
import pytest
import rdflib
from dplib.plugins.ckan.models import CkanPackage
from frictionless import Package
from frictionless_ckan_mapper import ckan_to_frictionless
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SDO, SKOS, XSD

from pipelines.publish import PublishError, catalogue
from pipelines.publish.catalogue import ckan_payload, read_descriptors, schema_org
from pipelines.schema import packages, resources
from tests.release_support import VERSION, sample_release
from tests.support import ROOT

PLACE = "https://data.example.org/mingzhang/"
SHAPES = ROOT / "tests" / "vendored" / "dcat-ap-3.0.0-shacl.jsonld"
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
PREFIXES = (
    "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dcterms: <http://purl.org/dc/terms/> "
    "PREFIX spdx: <http://spdx.org/rdf/terms#> PREFIX foaf: <http://xmlns.com/foaf/0.1/> "
)
# The properties of DCAT 3 for versions (its section 11): not in rdflib's list, which is of DCAT 2, and used by
# DCAT-AP only in part.
VERSIONING = {f"{DCAT}{name}" for name in ("hasVersion", "hasCurrentVersion", "isVersionOf", "previousVersion", "version")}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_release(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def releases(out: Path) -> dict[str, list[dict[str, Any]]]:
    return read_descriptors(out)


def versions(descriptor: dict[str, Any]) -> list[dict[str, Any]]:
    """Three versions, the second and third of a known date."""
    return [
        {**descriptor, "version": "1.0.0"},
        {**descriptor, "version": "1.1.0", "created": "2026-01-01T00:00:00Z"},
        {**descriptor, "version": "1.10.0", "created": "2026-03-01T00:00:00Z"},
    ]


def graph_of(releases: dict[str, list[dict[str, Any]]], base_url: str = "") -> rdflib.Graph:
    """The catalogue as a harvester reads it, from the address where the file stands."""
    (content,) = catalogue.catalogue_files(releases, base_url).values()
    return rdflib.Graph().parse(data=content, format="json-ld", publicID=f"{PLACE}catalog.jsonld")


@pytest.fixture(scope="module")
def graph(releases: dict[str, list[dict[str, Any]]]) -> rdflib.Graph:
    return graph_of(releases)


def ask(graph: rdflib.Graph, pattern: str) -> list[Any]:
    return list(graph.query(f"{PREFIXES} SELECT * WHERE {{ {pattern} }}"))


# --- DCAT 3 -------------------------------------------------------------------------------------------------------


def test_one_catalogue_lists_every_package(graph: rdflib.Graph) -> None:
    (root,) = graph.subjects(RDF.type, DCAT.Catalog)
    listed = set(graph.objects(root, DCAT.dataset))
    assert listed == {rdflib.URIRef(f"{PLACE}{name}/") for name in packages()}
    # A harvester takes in what has this type: each package once.
    assert set(graph.subjects(RDF.type, DCAT.Dataset)) == listed


def test_what_dcat_asks_for_is_there(graph: rdflib.Graph) -> None:
    for pattern in (
        "FILTER NOT EXISTS {?s dcterms:title ?t FILTER(lang(?t) = 'zh')}",
        "FILTER NOT EXISTS {?s dcterms:title ?t FILTER(lang(?t) = 'en')}",
        "FILTER NOT EXISTS {?s dcterms:description ?t FILTER(lang(?t) = 'zh')}",
        "FILTER NOT EXISTS {?s dcterms:description ?t FILTER(lang(?t) = 'en')}",
        "FILTER NOT EXISTS {?s dcterms:publisher/foaf:name ?n}",
        "FILTER NOT EXISTS {?s dcterms:license <https://creativecommons.org/licenses/by/4.0/>}",
    ):
        for kind in ("dcat:Catalog", "dcat:Dataset"):
            assert ask(graph, f"?s a {kind} {pattern}") == []
    for pattern in (
        "?s dcat:theme ?x", "?s dcat:keyword ?x", "?s dcat:landingPage ?x", "?s dcat:version ?x",
        "?s dcat:distribution ?x", "?s dcat:hasVersion ?x", "?s dcat:hasCurrentVersion ?x",
    ):  # fmt: skip
        assert ask(graph, f"?s a dcat:Dataset FILTER NOT EXISTS {{{pattern}}}") == []
    for pattern in (
        "?s dcat:accessURL ?x", "?s dcat:downloadURL ?x", "?s dcat:mediaType ?x", "?s dcat:byteSize ?x",
        "?s dcterms:license ?x", "?s dcterms:title ?x",
        "?s spdx:checksum [spdx:algorithm spdx:checksumAlgorithm_sha256; spdx:checksumValue ?x]",
    ):  # fmt: skip
        assert ask(graph, f"?s a dcat:Distribution FILTER NOT EXISTS {{{pattern}}}") == []
    # No file states a date when the release knows none.
    assert ask(graph, "?s dcterms:issued|dcterms:modified ?x") == []


def test_coverage_comes_from_the_reports(graph: rdflib.Graph) -> None:
    final = rdflib.URIRef(f"{PLACE}final-accounts/")
    (period,) = graph.objects(final, DCTERMS.temporal)
    assert graph.value(period, DCAT.startDate) == rdflib.Literal("2023-01-01", datatype=XSD.date)
    assert graph.value(period, DCAT.endDate) == rdflib.Literal("2023-12-31", datatype=XSD.date)
    (place,) = graph.objects(final, DCTERMS.spatial)
    assert graph.value(place, DCTERMS.identifier) == rdflib.Literal("420102")
    assert graph.value(place, SKOS.prefLabel) == rdflib.Literal("江岸区", lang="zh")
    classifications = rdflib.URIRef(f"{PLACE}classifications/")
    assert (classifications, DCTERMS.temporal, None) not in graph


def test_every_download_is_a_file_with_that_size_and_checksum(graph: rdflib.Graph, out: Path) -> None:
    found = ask(
        graph,
        "?d a dcat:Distribution; dcat:downloadURL ?url; dcat:byteSize ?size; spdx:checksum/spdx:checksumValue ?sum",
    )
    workbooks = [path for name in packages() for path in (out / name / VERSION).glob("*.xlsx")]
    assert len(found) == sum(3 * len(p.resources) for p in packages().values()) + len(workbooks)
    for row in found:
        assert str(row.url).startswith(PLACE)
        content = (out / unquote(str(row.url)).removeprefix(PLACE)).read_bytes()
        assert (row.size.value, row.size.datatype) == (len(content), XSD.nonNegativeInteger)
        assert str(row.sum) == hashlib.sha256(content).hexdigest()
    pages = [str(page) for p in (DCAT.landingPage, FOAF.page) for page in graph.objects(None, p)]
    assert len(pages) >= 9
    assert all((out / page.removeprefix(PLACE)).is_file() for page in pages)


def test_versions_form_a_chain(releases: dict[str, list[dict[str, Any]]]) -> None:
    graph = graph_of({"budgets": versions(releases["budgets"][0])})
    (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
    terms = rdflib.Namespace(str(DCAT))
    one, two, three = (rdflib.URIRef(f"{PLACE}budgets/{v}/") for v in ("1.0.0", "1.1.0", "1.10.0"))
    assert set(graph.objects(dataset, terms["hasVersion"])) == {one, two, three}
    assert list(graph.objects(dataset, terms["hasCurrentVersion"])) == [three]
    assert graph.value(dataset, terms["version"]) == rdflib.Literal("1.10.0")
    assert graph.value(three, terms["previousVersion"]) == two
    assert graph.value(two, terms["previousVersion"]) == one
    assert graph.value(one, terms["previousVersion"]) is None
    assert set(graph.objects(one, terms["isVersionOf"])) == {dataset}
    # Downloads are of the newest.
    assert all("/1.10.0/" in str(url) for url in graph.objects(None, DCAT.downloadURL))
    moments = [graph.value(dataset, p) for p in (DCTERMS.issued, DCTERMS.modified)]
    assert [str(m) for m in moments] == ["2026-01-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"]
    assert graph.value(one, DCTERMS.issued) is None


def dcat_ap(graph: rdflib.Graph) -> tuple[bool, str]:
    """The European profile's shapes. Two facts are added that the file leaves to what it points to."""
    known = rdflib.Graph()
    for triple in graph:
        known.add(triple)
    for url in graph.objects(None, DCAT.accessURL):
        known.add((url, RDF.type, RDFS.Resource))
    # The versions are datasets; the catalogue calls them resources lest a harvester take each in again.
    for version in graph.objects(None, rdflib.Namespace(str(DCAT))["hasVersion"]):
        known.add((version, RDF.type, DCAT.Dataset))
    shapes = rdflib.Graph().parse(SHAPES, format="json-ld")
    conforms, _, text = pyshacl.validate(known, shacl_graph=shapes)
    return conforms, text


def test_the_shapes_of_dcat_ap_3_accept_the_catalogue(releases: dict[str, list[dict[str, Any]]]) -> None:
    graph = graph_of({**releases, "budgets": versions(releases["budgets"][0])})
    conforms, text = dcat_ap(graph)
    assert conforms, text


def test_the_shapes_do_look(graph: rdflib.Graph) -> None:
    broken = rdflib.Graph()
    for triple in graph:
        if triple[1] not in (DCTERMS.title, DCAT.byteSize, DCAT.accessURL):
            broken.add(triple)
    broken.add((rdflib.URIRef(f"{PLACE}budgets/"), DCTERMS.publisher, rdflib.Literal("somebody")))
    conforms, text = dcat_ap(broken)
    assert not conforms
    assert "accessURL" in text and "title" in text and "publisher" in text


def test_every_term_is_in_its_vocabulary(graph: rdflib.Graph) -> None:
    shapes = rdflib.Graph().parse(SHAPES, format="json-ld")
    in_profile = {str(node) for triple in shapes for node in triple if isinstance(node, rdflib.URIRef)}
    used = {p for p in graph.predicates()} | set(graph.objects(None, RDF.type))
    vocabularies = (DCAT, DCTERMS, FOAF, SKOS, RDF)
    known = {str(term) for term in used if any(term in vocabulary for vocabulary in vocabularies)}
    assert len(known) > 25 and rdflib.URIRef(f"{DCTERMS}titel") not in DCTERMS
    assert {str(term) for term in used} - known - in_profile - VERSIONING == set()
    assert len(used) > 40
    assert (None, SPDX.algorithm, SPDX.checksumAlgorithm_sha256) in graph


def test_a_base_address_makes_every_link_absolute(
    releases: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = graph_of(releases, "https://open.example.cn/data")
    assert (rdflib.URIRef("https://open.example.cn/data/budgets/"), RDF.type, DCAT.Dataset) in given
    assert not any(str(node).startswith(PLACE) for triple in given for node in triple)
    monkeypatch.setenv(catalogue.BASE_URL, "https://open.example.cn/data/")
    from_environment = catalogue.catalogue_files(releases)
    assert from_environment == catalogue.catalogue_files(releases, "https://open.example.cn/data")
    payload = ckan_payload(releases["budgets"][0])
    assert payload["resources"][0]["url"] == f"https://open.example.cn/data/budgets/{VERSION}/data/reports.csv"


@pytest.mark.parametrize("address", ["data.example.org", "ftp://x/", "file:///tmp/", "https://", "https://x/?q=1", "javascript:1"])
def test_what_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(PublishError, match="MINGZHANG_BASE_URL"):
        catalogue.base_address(address)


def test_descriptors_are_read_in_order_of_versions(tmp_path: Path) -> None:
    for version in ("1.10.0", "1.9.0", "2.0.0", ".new-3.0.0"):
        place = tmp_path / "budgets" / version
        place.mkdir(parents=True)
        (place / "datapackage.json").write_text(json.dumps({"name": "budgets", "version": version}))
    found = read_descriptors(tmp_path)
    assert {name: [d["version"] for d in listed] for name, listed in found.items()} == {
        "budgets": ["1.9.0", "1.10.0", "2.0.0"]
    }


def test_a_resource_that_is_declared_no_longer_keeps_its_title(releases: dict[str, list[dict[str, Any]]]) -> None:
    old = json.loads(json.dumps(releases["budgets"][0]))
    old["resources"][0] |= {"name": "forgotten", "title": "旧表 Old table"}
    graph = graph_of({"budgets": [old]})
    assert (None, DCTERMS.title, rdflib.Literal("旧表 Old table", lang="zh")) in graph
    assert schema_org(old)["distribution"][0]["name"] == "旧表 Old table"


def test_the_same_releases_give_the_same_bytes(releases: dict[str, list[dict[str, Any]]]) -> None:
    assert catalogue.catalogue_files(releases, "") == catalogue.catalogue_files(releases, "")
    (content,) = catalogue.catalogue_files(releases, "").values()
    assert "部门决算公开数据" in content.decode()


# --- schema.org ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", sorted(packages()))
def test_schema_org_uses_known_terms_alone(releases: dict[str, list[dict[str, Any]]], package: str) -> None:
    dataset = schema_org(releases[package][0], "../../")
    assert dataset["@context"] == "https://schema.org/"
    # Its context is a file on the web; its terms are read as they are.
    text = json.dumps({**dataset, "@context": {"@vocab": str(SDO)}})
    graph = rdflib.Graph().parse(data=text, format="json-ld", publicID=f"{PLACE}site/packages/x.html")
    terms = {*graph.predicates(), *graph.objects(None, RDF.type)} - {RDF.type}
    assert [term for term in terms if term not in SDO] == []
    assert rdflib.URIRef(f"{SDO}nam") not in SDO
    (root,) = graph.subjects(RDF.type, SDO.Dataset)
    for term in (
        SDO.name, SDO.description, SDO.license, SDO.version, SDO.isAccessibleForFree, SDO.distribution,
        SDO.includedInDataCatalog, SDO.creator, SDO.keywords,
    ):  # fmt: skip
        assert (root, term, None) in graph
    assert {str(graph.value(d, SDO.contentUrl)) for d in graph.objects(root, SDO.distribution)} == {
        f"../../{package}/{VERSION}/{file['path']}" for file in releases[package][0]["resources"]
    }
    # Google's dataset search wants 50 to 5000 characters.
    assert 50 <= len(dataset["description"]) <= 5000


def test_schema_org_says_what_is_measured_where_and_when(releases: dict[str, list[dict[str, Any]]]) -> None:
    dataset = schema_org(releases["final-accounts"][0], PLACE)
    assert dataset["temporalCoverage"] == "2023-01-01/2023-12-31"
    assert dataset["spatialCoverage"] == [{"@type": "Place", "name": "江岸区", "identifier": "420102"}]
    measured = {v["name"]: v for v in dataset["variableMeasured"]}
    assert measured["基本支出"]["unitText"] == "万元"
    assert len(measured) == len({f.title for n in packages()["final-accounts"].resources for f in resources()[n].fields if f.unit})
    assert dataset["distribution"][0]["contentUrl"].startswith(PLACE)
    assert "dateModified" not in dataset
    dated = schema_org(versions(releases["budgets"][0])[-1])
    assert dated["dateModified"] == "2026-03-01T00:00:00Z"
    assert "variableMeasured" not in schema_org(releases["classifications"][0])


# --- CKAN ---------------------------------------------------------------------------------------------------------


def payload_of(out: Path, package: str) -> dict[str, Any]:
    return json.loads((out / package / VERSION / "ckan.json").read_text("utf-8"))


@pytest.mark.parametrize("package", sorted(packages()))
def test_the_payload_keeps_ckans_rules(out: Path, package: str) -> None:
    payload = payload_of(out, package)
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", payload["name"])
    assert payload["license_id"] == "CC-BY-4.0"
    assert payload["version"] == VERSION
    assert len(payload["version"]) <= 100
    names = [tag["name"] for tag in payload["tags"]]
    assert all(re.fullmatch(r"[\w \-.]{2,100}", name) for name in names)
    assert len(names) == len(set(names))
    assert all(isinstance(e["key"], str) and isinstance(e["value"], str) and e["value"] for e in payload["extras"])
    assert len({e["key"] for e in payload["extras"]}) == len(payload["extras"])
    # Extras must not repeat what package_create has fields for.
    assert not {e["key"] for e in payload["extras"]} & set(payload)


@pytest.mark.parametrize("package", sorted(packages()))
def test_every_resource_of_the_payload_is_a_file(out: Path, package: str) -> None:
    listed = payload_of(out, package)["resources"]
    for resource in listed:
        content = (out / resource["url"]).read_bytes()
        assert resource["size"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["format"] in ("CSV", "PARQUET", "XLSX", "JSON", "Markdown", "SQL")
        assert resource["name"] and "/" in resource["mimetype"]
    folder = out / package / VERSION
    files = {f"{package}/{VERSION}/{p.relative_to(folder).as_posix()}" for p in folder.rglob("*") if p.is_file()}
    # The whole release as one file holds this payload; the files of single reports are linked from their pages.
    alone = {f"{package}/{VERSION}/{name}" for name in ("ckan.json", "SHA256SUMS", f"{package}-{VERSION}.zip")}
    alone |= {name for name in files if name.startswith(f"{package}/{VERSION}/reports/")}
    assert {resource["url"] for resource in listed} == files - alone


@pytest.mark.parametrize("package", sorted(packages()))
def test_frictionless_and_dplib_read_the_payload(out: Path, package: str) -> None:
    payload = payload_of(out, package)
    # The mapper that frictionless' own CKAN portal uses.
    mapped = ckan_to_frictionless.dataset(payload)
    assert mapped["licenses"][0]["name"] == "CC-BY-4.0"
    assert mapped["keywords"] == [tag["name"] for tag in payload["tags"]]
    read = Package.from_descriptor(mapped, basepath=str(out))
    assert read.version == VERSION
    assert len(read.resources) == len(payload["resources"])
    assert {r.bytes for r in read.resources} == {r["size"] for r in payload["resources"]}
    model = CkanPackage(**payload).to_dp()
    assert (model.name, model.version) == (payload["name"], VERSION)
    assert [r.path for r in model.resources] == [r["url"] for r in payload["resources"]]


def test_extras_say_what_is_covered(out: Path) -> None:
    extras = {e["key"]: e["value"] for e in payload_of(out, "final-accounts")["extras"]}
    assert extras["temporal_start"] == "2023-01-01"
    assert extras["spatial_text"] == "江岸区"
    assert extras["reports"] == "2"
    assert "modified" not in extras


def test_links_are_relative_without_an_address(out: Path) -> None:
    assert all(not urlsplit(r["url"]).scheme for r in payload_of(out, "budgets")["resources"])
