"""Holds what stand-ins answer, and what was asked of them, against botocore's models of the services.

Reads a list of {service, operation, status, answer, asked} from standard input: `answer` is the body as it went over the wire,
`asked` a request's parameters where all of them travel in a JSON body. Ends with 1 and says what does not fit.
"""
import json
import sys

import botocore.parsers
import botocore.session
import botocore.validate

session = botocore.session.get_session()
faults = []
for case in json.load(sys.stdin):
    where = f"{case['service']}.{case['operation']}"
    service = session.get_service_model(case["service"])
    operation = service.operation_model(case["operation"])
    parser = botocore.parsers.create_parser(service.protocol)
    response = {"status_code": case["status"], "headers": {}, "body": case["answer"].encode()}
    parsed = parser.parse(response, operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    if case["status"] >= 300:
        known = {shape.error_code for shape in operation.error_shapes}
        code = parsed["Error"]["Code"]
        if code not in known:
            faults.append(f"{where}: {code} is none of {sorted(known)}")
        continue
    if not parsed and operation.output_shape.members:
        faults.append(f"{where}: nothing of the answer was understood")
    report = botocore.validate.ParamValidator().validate(parsed, operation.output_shape)
    if report.has_errors():
        faults.append(f"{where} answers: {report.generate_report()}")
    if case.get("asked") is not None:
        report = botocore.validate.ParamValidator().validate(case["asked"], operation.input_shape)
        if report.has_errors():
            faults.append(f"{where} is asked: {report.generate_report()}")
print("\n".join(faults))
sys.exit(1 if faults else 0)
