from samples.plan import Plan
def name_look_alikes(plan: Plan) -> None:
    return None
